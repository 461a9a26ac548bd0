import { type Application, Comment, CommentTag, Converter } from 'typedoc';

/** Puts each export under the domain that it is written in, or under the engine's folder. */
export function categoriseByFolder({ converter }: Application): void {
  // The sources are known only while TypeDoc converts, and the categories are made after that.
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const reflection of project.children ?? []) {
      const file = project.getSymbolIdFromReflection(reflection)?.fileName ?? '';
      reflection.comment ??= new Comment();
      reflection.comment.blockTags.push(
        new CommentTag('@category', [{ kind: 'text', text: folderOf(file) }]),
      );
    }
  });
}

function folderOf(file: string): string {
  if (/(^|\/)seeds\/[^/]+$/.test(file)) return 'seeds';
  // Files directly in `src/` are about the module itself.
  return /(?:^|\/)src\/(?:engine|domains)\/([^/]+)\/[^]+$/.exec(file)?.[1] ?? 'module';
}
