"""A page for people: it looks at a world and turns its knobs through the control plane."""
