#include "rotating-log.h"
#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

#define LOG_PATH_CHARS_MAX (MAX_PATH + 4)

static HANDLE openForAppending(const wchar_t *path) {
  DWORD sharing = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  return CreateFileW(path, FILE_APPEND_DATA | FILE_READ_ATTRIBUTES, sharing, NULL, OPEN_ALWAYS,
                     FILE_ATTRIBUTE_NORMAL, NULL);
}

static void makeFoldersOf(const wchar_t *path) {
  wchar_t folder[MAX_PATH];
  wcscpy(folder, path);
  for (wchar_t *at = folder; (at = wcschr(at + 1, L'\\')) != NULL;) {
    *at = L'\0';
    CreateDirectoryW(folder, NULL);
    *at = L'\\';
  }
}

bool openLog(RotatingLog *log, const wchar_t *path, unsigned long long bytesMax) {
  *log = (RotatingLog){.file = INVALID_HANDLE_VALUE, .bytesMax = bytesMax};
  InitializeCriticalSection(&log->lock);
  if (wcslen(path) >= MAX_PATH) return false;
  wcscpy(log->path, path);
  makeFoldersOf(path);
  log->file = openForAppending(path);
  LARGE_INTEGER size = {0};
  if (log->file != INVALID_HANDLE_VALUE) GetFileSizeEx(log->file, &size);
  log->bytes = (unsigned long long)size.QuadPart;
  return log->file != INVALID_HANDLE_VALUE;
}

static void nameFormer(const RotatingLog *log, int age, wchar_t *name) {
  if (age == 0) wcscpy(name, log->path);
  else swprintf(name, LOG_PATH_CHARS_MAX, L"%ls.%d", log->path, age);
}

static void beginNewFile(RotatingLog *log) {
  wchar_t from[LOG_PATH_CHARS_MAX], to[LOG_PATH_CHARS_MAX];
  CloseHandle(log->file);
  for (int age = FORMER_LOGS_MAX; age > 0; age--) {
    nameFormer(log, age - 1, from);
    nameFormer(log, age, to);
    MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING);
  }
  // Where somebody holds the file open it could not be moved, and grows until it can.
  log->file = openForAppending(log->path);
  LARGE_INTEGER size = {0};
  if (log->file != INVALID_HANDLE_VALUE) GetFileSizeEx(log->file, &size);
  unsigned long long left = (unsigned long long)size.QuadPart;
  log->bytes = left < log->bytesMax ? left : 0;
}

static void writeWhole(RotatingLog *log, const char *bytes, size_t length) {
  if (log->file == INVALID_HANDLE_VALUE || length == 0) return;
  DWORD written = 0;
  WriteFile(log->file, bytes, (DWORD)length, &written, NULL);
  log->bytes += written;
  log->midLine = bytes[length - 1] != '\n';
}

void writeToLog(RotatingLog *log, const char *bytes, size_t length) {
  EnterCriticalSection(&log->lock);
  while (length > 0) {
    const char *newline = memchr(bytes, '\n', length);
    size_t part = newline == NULL ? length : (size_t)(newline - bytes) + 1;
    if (!log->midLine && log->file != INVALID_HANDLE_VALUE && log->bytes >= log->bytesMax) {
      beginNewFile(log);
    }
    writeWhole(log, bytes, part);
    bytes += part;
    length -= part;
  }
  LeaveCriticalSection(&log->lock);
}

void noteInLog(RotatingLog *log, const char *format, ...) {
  char line[1100];
  SYSTEMTIME now;
  GetSystemTime(&now);
  int length = snprintf(line, 100, "%04u-%02u-%02uT%02u:%02u:%02uZ service: ", now.wYear,
                        now.wMonth, now.wDay, now.wHour, now.wMinute, now.wSecond);
  va_list values;
  va_start(values, format);
  int text = vsnprintf(line + length, 1000, format, values);
  va_end(values);
  if (text < 0) return;
  length += text < 1000 ? text : 999;
  line[length++] = '\n';
  EnterCriticalSection(&log->lock);
  // The server was in the middle of a line: this one is no part of it.
  if (log->midLine) writeToLog(log, "\n", 1);
  writeToLog(log, line, (size_t)length);
  LeaveCriticalSection(&log->lock);
}

void closeLog(RotatingLog *log) {
  if (log->file != INVALID_HANDLE_VALUE) CloseHandle(log->file);
  log->file = INVALID_HANDLE_VALUE;
  DeleteCriticalSection(&log->lock);
}
