#pragma once
#include "command-line.h"
#include <windows.h>

/**
 * What the installer has written, below HKLM\SYSTEM\CurrentControlSet\Services\NAME\Parameters:
 * `DataDirectory`, `Listen` (HOST:PORT), `ServerName`, `Config` (a path) and `Program`, each a string and
 * none necessary.
 */
typedef struct {
  /** `understudy serve` with what the settings say. */
  CommandLine commandLine;
  wchar_t logFile[MAX_PATH];
} ServiceSettings;

/** Returns what is wrong with them, for an admin, or NULL. */
const wchar_t *readServiceSettings(const wchar_t *serviceName, ServiceSettings *settings);
