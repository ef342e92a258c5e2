"""Hold the settings, and dated facts about models, scenarios, providers, prices."""
