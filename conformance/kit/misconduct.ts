/** What a client did that it should not, or did not that it should, as a sentence without its end. */
export class Misconduct extends Error {
  override name = 'Misconduct';
}
