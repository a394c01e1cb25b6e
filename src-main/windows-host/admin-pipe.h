#pragma once
#include <stdbool.h>
#include <wchar.h>

/** The local group whose members may administer the server without being elevated. */
#define ADMINS_GROUP L"Understudy Admins"

/**
 * Says who may use the pipe that a server is administered by: the system, administrators, the account
 * that made it, and members of `ADMINS_GROUP` where there is one, who cannot make pipes of its name.
 * As it was made, it opens for administrators that are elevated alone, and for everybody to read. False
 * when that could not be changed.
 */
bool admitAdmins(const wchar_t *pipeName);
