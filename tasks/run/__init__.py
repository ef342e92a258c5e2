"""Carry out one run: its request and job, its clips and questions, its summary."""
