"""Read what is in recordings, and cut spans out of them with ffmpeg."""
