/**
 * What was answered lately to questions that come again and again, and take their time. Remembers `least` questions, and twice
 * as many at most: when the newer half is full, it becomes the older one.
 */
export class Remembered<Answer> {
  readonly #least: number;
  readonly #answer: (question: string) => Answer;
  #newer = new Map<string, Answer>();
  #older = new Map<string, Answer>();

  /** @param answer always the same to the same question */
  constructor(least: number, answer: (question: string) => Answer) {
    this.#least = least;
    this.#answer = answer;
  }

  of(question: string): Answer {
    const known = this.#newer.get(question);
    if (known !== undefined) return known;
    const answer = this.#older.get(question) ?? this.#answer(question);
    if (this.#newer.size >= this.#least) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(question, answer);
    return answer;
  }
}
