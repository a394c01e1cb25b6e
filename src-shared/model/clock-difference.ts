/** Servers whose clocks are further apart do not synchronise (protocol section 8). */
export const clockDifferenceMsMax = 3_600_000;

/** A difference between the clocks of two servers that an admin is told of (protocol section 8). */
export const clockDifferenceToldMs = 60_000;
