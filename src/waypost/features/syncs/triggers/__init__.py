"""When sync jobs run by themselves: cron expressions, by UTC."""
