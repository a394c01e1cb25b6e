// Stands in for Understudy.exe in the tests of understudy.exe. Called as `serve --data-dir DIR …` it does
// what DIR\behaviour says: `serve` says that it serves and waits for its host to have it stopped, `exit N`
// ends with that status, and DIR\pids has its process and that of its host. Called otherwise it prints what it was given, after an empty line as Electron
// does, copies its input, and ends with status 7; `wait` waits for its host instead.
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

static HANDLE joinHost(void) {
  wchar_t name[200];
  if (GetEnvironmentVariableW(L"UNDERSTUDY_HOST_PIPE", name, 200) == 0) return INVALID_HANDLE_VALUE;
  return CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
}

/** The name of its pipe begins with it. */
static unsigned long hostPid(void) {
  wchar_t name[200] = {0};
  unsigned long pid = 0;
  GetEnvironmentVariableW(L"UNDERSTUDY_HOST_PIPE", name, 200);
  swscanf(name, L"\\\\.\\pipe\\understudy-host-%lu", &pid);
  return pid;
}

/** Whether the host said "stop"; false when it is gone. */
static BOOL isStopped(HANDLE host) {
  char text[8] = {0};
  DWORD length;
  return ReadFile(host, text, sizeof text - 1, &length, NULL) && strncmp(text, "stop", 4) == 0;
}

static FILE *openIn(const wchar_t *folder, const wchar_t *name, const wchar_t *mode) {
  wchar_t path[MAX_PATH];
  swprintf(path, MAX_PATH, L"%ls\\%ls", folder, name);
  return _wfopen(path, mode);
}

static int serve(const wchar_t *folder) {
  char behaviour[40] = {0};
  FILE *file = openIn(folder, L"behaviour", L"r");
  if (file == NULL || fgets(behaviour, sizeof behaviour, file) == NULL) return 99;
  fclose(file);
  file = openIn(folder, L"starts", L"ab");
  fprintf(file, "%ls\n", GetCommandLineW());
  fclose(file);
  if (strncmp(behaviour, "exit ", 5) == 0) return atoi(behaviour + 5);
  file = openIn(folder, L"pids", L"w");
  fprintf(file, "%lu %lu\n", GetCurrentProcessId(), hostPid());
  fclose(file);
  HANDLE host = joinHost();
  DWORD written;
  puts("it serves");
  fflush(stdout);
  WriteFile(host, "ready\n", 6, &written, NULL);
  // What happens to it, as long as it may be and longer: the host goes on hearing it.
  static char entry[6000] = "event 200 warning ";
  for (size_t at = strlen(entry); at < sizeof entry - 1; at++) entry[at] = 'x';
  entry[1000] = entry[sizeof entry - 1] = '\n';
  WriteFile(host, entry, sizeof entry, &written, NULL);
  WriteFile(host, "event 201 info \xc3\xa4\nevent x\n", 26, &written, NULL);
  BOOL stopped = isStopped(host);
  file = openIn(folder, L"ends", L"ab");
  fputs(stopped ? "in order\n" : "host gone\n", file);
  fclose(file);
  return 0;
}

int wmain(int count, wchar_t **arguments) {
  if (count > 3 && wcscmp(arguments[1], L"serve") == 0) return serve(arguments[3]);
  HANDLE host = joinHost();
  fputs("\n", stdout);
  for (int i = 1; i < count; i++) printf("<%ls>\n", arguments[i]);
  fflush(stdout);
  fputs("on stderr\n", stderr);
  for (int character = getchar(); character != EOF; character = getchar()) putchar(character);
  if (count > 1 && wcscmp(arguments[1], L"wait") == 0) return isStopped(host) ? 0 : 8;
  return 7;
}
