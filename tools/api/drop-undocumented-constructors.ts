import { type Application, Converter, ReflectionKind } from 'typedoc';

/**
 * Leaves out constructors that nobody says a word about: those of providers, entities and errors, which
 * Nest, TypeORM and the package call. One that applications call has a comment.
 */
export function dropUndocumentedConstructors({ converter }: Application): void {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const constructor of project.getReflectionsByKind(ReflectionKind.Constructor)) {
      if (!constructor.isDeclaration()) continue;
      const isDocumented = constructor.signatures?.some((signature) => signature.hasComment());
      if (!isDocumented) project.removeReflection(constructor);
    }
  });
}
