#pragma once

/**
 * Runs as a Windows service until the service manager ends it: a host that starts the licence server,
 * starts it again when it ends, and stops it in order. Returns the process's exit status; not 0 when the
 * service manager did not start this process.
 */
int runAsService(void);
