#pragma once

/**
 * Stops the service in order and waits until its process is gone, and not only its name from the list: until
 * then its files are in use. Returns 0; 1 when it goes on after half a minute. No service is no failure.
 */
int stopService(void);
