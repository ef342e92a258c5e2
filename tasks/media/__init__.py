"""Recordings on the disk: reading what is in them, and cutting spans out of them with ffmpeg."""
