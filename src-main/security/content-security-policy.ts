/**
 * What a page of the window may load: its own files and nothing else. Griffel, the style engine of
 * Fluent UI, writes `<style>` elements, which is all that `unsafe-inline` is here for; a style
 * cannot fetch anything, since images and fonts have their own rules.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
