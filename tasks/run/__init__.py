"""One run: its request and job, the clips and questions of its segments, what they came to."""
