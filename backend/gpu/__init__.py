"""The worker side: devices, models, separation, rendering (with the issues to come). May import `shared`."""
