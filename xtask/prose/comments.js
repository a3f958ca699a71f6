// The comments of a source file in Rust, JavaScript or TypeScript, as Markdown.

const LINE = /^\s*\/\/[/!]? ?(.*)$/;
const BLOCK = /^\s*\/?\*{1,2}\/? ?(.*?)(?:\*\/)?$/;

/** The text of each comment on its own line; other lines are empty, so that each line keeps its number. */
export function comments(source) {
  let inBlock = false;
  const commentOf = (line) => {
    const text = LINE.exec(line)?.[1];
    if (text !== undefined && !inBlock) return text;
    if (!inBlock && !/^\s*\/\*/.test(line)) return "";
    inBlock = !line.includes("*/");
    return BLOCK.exec(line)?.[1] ?? "";
  };
  return source.split("\n").map(commentOf).join("\n");
}
