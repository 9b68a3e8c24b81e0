"""The operator's hand on the vault: rotate its key while the program serves."""
