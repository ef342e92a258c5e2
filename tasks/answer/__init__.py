"""Read the model's answers: from text to sections on a timeline, and back."""
