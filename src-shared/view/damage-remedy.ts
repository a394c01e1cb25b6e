/** What becomes of a damaged licence, for whoever reads why it is one. */
export const damageRemedy =
  'A paired server that has the licence undamaged repairs it automatically; otherwise import its file again.';
