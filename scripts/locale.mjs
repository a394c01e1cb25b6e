/**
 * Environment for Electron: without a UTF-8 locale it cannot open files below a folder whose name has other
 * letters than English ones, and shows an empty window.
 */
export function utf8Locale(env = process.env) {
  if (process.platform !== 'linux') return {};
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale) ? {} : { LC_ALL: 'C.UTF-8' };
}
