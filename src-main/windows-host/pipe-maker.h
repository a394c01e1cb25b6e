#pragma once
#include <wchar.h>

/**
 * Looks who has made a pipe, prints a line for the program that is about to connect to it
 * (src-main/admin/pipe-maker.ts), and returns 0: `ours`, made by the system, an administrator, the account of
 * the service or that of this process; `stranger ACCOUNT`; `none`, there is no such pipe; `denied`, this
 * account may not use it; `error CODE`. After `ours` it stays connected until its input ends or the server
 * goes: as long as it is, nobody else can make a pipe of that name.
 */
int tellPipeMaker(const wchar_t *pipeName);
