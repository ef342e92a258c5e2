"""Settings and the dated facts about models, scenarios, providers and prices."""
