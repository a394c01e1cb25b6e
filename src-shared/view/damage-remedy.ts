/** What becomes of a damaged licence, for whoever reads why it is one. */
export const damageRemedy =
  'A paired server that has the licence whole repairs it by itself; else import its file again.';
