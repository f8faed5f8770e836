/** A thread that keeps ever more objects, as a decoder might that a hostile file leads astray. */
const kept: unknown[] = [];
for (;;) kept.push({ text: `${kept.length}`, more: [kept.length, kept.length] });
