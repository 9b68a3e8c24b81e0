"""The closed, typed model of an integration's folder and how it is read: file, line and column on every refusal."""
