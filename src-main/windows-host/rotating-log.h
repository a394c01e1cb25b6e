#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

/** A log file of bounded size: NAME, then NAME.1 to NAME.3, the older the higher. */
typedef struct {
  wchar_t path[MAX_PATH];
  HANDLE file;
  unsigned long long bytes;
  unsigned long long bytesMax;
  bool midLine;
  CRITICAL_SECTION lock;
} RotatingLog;

#define FORMER_LOGS_MAX 3

/** Opens it, with the folders that it is in. False when it cannot be; writing does nothing then. */
bool openLog(RotatingLog *log, const wchar_t *path, unsigned long long bytesMax);

/** Writes bytes as they are. A new file is begun between lines only. Any thread may. */
void writeToLog(RotatingLog *log, const char *bytes, size_t length);

/** Writes one line of the host itself, with the time (UTC). printf's format, 1,000 bytes at most. */
void noteInLog(RotatingLog *log, const char *format, ...);

void closeLog(RotatingLog *log);
