"""The main job, told over HTTP: nothing here imports the platform or the sandbox."""
