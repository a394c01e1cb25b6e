// bin\understudy.exe: the command line of an installation on Windows, and the host of its service.
#include "console-front.h"
#include "service-host.h"
#include <wchar.h>

int wmain(int count, wchar_t **arguments) {
  if (count == 2 && wcscmp(arguments[1], L"service") == 0) return runAsService();
  return runOnConsole();
}
