#include "service-settings.h"
#include "child.h"
#include <stdio.h>

/** An empty text where there is no such value. */
static bool readText(const wchar_t *service, const wchar_t *name, wchar_t *text, DWORD charsMax) {
  wchar_t key[512];
  DWORD bytes = charsMax * sizeof(wchar_t);
  text[0] = L'\0';
  if (swprintf(key, 512, L"SYSTEM\\CurrentControlSet\\Services\\%ls\\Parameters", service) < 0) {
    return false;
  }
  // Variables of the environment are put in by it.
  DWORD types = RRF_RT_REG_SZ;
  LSTATUS status = RegGetValueW(HKEY_LOCAL_MACHINE, key, name, types, NULL, text, &bytes);
  if (status != ERROR_SUCCESS) text[0] = L'\0';
  return status == ERROR_SUCCESS || status == ERROR_FILE_NOT_FOUND;
}

static bool defaultDataDirectory(wchar_t *path) {
  DWORD length = ExpandEnvironmentStringsW(L"%ProgramData%\\Understudy", path, MAX_PATH);
  return length > 0 && length <= MAX_PATH;
}

static bool appendOption(CommandLine *line, const wchar_t *option, const wchar_t *value) {
  return value[0] == L'\0' || (appendArgument(line, option) && appendArgument(line, value));
}

/** The installer's folder properties end in a backslash, which a path in a message need not have. */
static void dropTrailingBackslash(wchar_t *path) {
  size_t length = wcslen(path);
  if (length > 3 && path[length - 1] == L'\\') path[length - 1] = L'\0';
}

const wchar_t *readServiceSettings(const wchar_t *serviceName, ServiceSettings *settings) {
  wchar_t program[MAX_PATH], directory[MAX_PATH], listen[300], name[300];
  wchar_t config[MAX_PATH];
  if (!readText(serviceName, L"Program", program, MAX_PATH)) return L"Program is too long";
  if (!readText(serviceName, L"DataDirectory", directory, MAX_PATH)) {
    return L"DataDirectory is too long";
  }
  if (!readText(serviceName, L"Listen", listen, 300)) return L"Listen is too long";
  if (!readText(serviceName, L"ServerName", name, 300)) return L"ServerName is too long";
  if (!readText(serviceName, L"Config", config, MAX_PATH)) return L"Config is too long";
  if (program[0] == L'\0' && !pathOfUnderstudy(program)) {
    return L"the folder of the program has too long a path";
  }
  if (directory[0] == L'\0' && !defaultDataDirectory(directory)) {
    return L"there is no DataDirectory, and no ProgramData in the environment";
  }
  dropTrailingBackslash(directory);
  CommandLine *line = &settings->commandLine;
  line->length = 0;
  bool fits = appendArgument(line, program) && appendArgument(line, L"serve") &&
              appendOption(line, L"--data-dir", directory) &&
              appendOption(line, L"--listen", listen) &&
              appendOption(line, L"--name", name) && appendOption(line, L"--config", config);
  int length = swprintf(settings->logFile, MAX_PATH, L"%ls\\logs\\service.log", directory);
  return fits && length > 0 ? NULL : L"DataDirectory is too long";
}
