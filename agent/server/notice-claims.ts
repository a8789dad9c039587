const KEPT_CLAIMS = 1000;

/** Who shows which notice, so that a person sees it in one window only. */
export class NoticeClaims {
  readonly #claims = new Map<string, string>();

  /** Whether `client` is the one that shows the notice: the first who asked, however often. */
  claim(notice: string, client: string): boolean {
    const holder = this.#claims.get(notice);
    if (holder !== undefined) return holder === client;
    this.#claims.set(notice, client);
    const [oldest] = this.#claims.keys();
    if (this.#claims.size > KEPT_CLAIMS && oldest !== undefined) this.#claims.delete(oldest);
    return true;
  }
}
