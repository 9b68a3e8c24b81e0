"""What there is to install and to call: integrations, unified models, mappings, tools and capabilities."""
