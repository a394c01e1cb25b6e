/** How many times as long all takes as on Linux: wine is the Windows that there is (test/wine). */
export const slowness = process.platform === 'win32' ? 6 : 1;
