"""What a run is told to look at: finding files, reading manifests, knowing what has changed."""
