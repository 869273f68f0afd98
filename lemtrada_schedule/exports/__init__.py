"""Plans out, as forms that people and programs use. Exports are functions: no noun knows how it is shown."""
