#pragma once

/**
 * Runs `Understudy.exe` with the arguments of this program on this console, and waits for it. Returns
 * its exit status, or 127 when it could not be started. Ctrl-C and the end of the console ask it to end
 * in order; a second Ctrl-C ends it at once.
 */
int runOnConsole(void);
