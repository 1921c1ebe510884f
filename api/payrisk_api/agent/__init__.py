"""The agent door: a few reading questions for language models, under the same keys and roles."""
