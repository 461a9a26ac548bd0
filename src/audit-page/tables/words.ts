/** A name of code as people write it: `legalBusinessName` and `legal_business_name` as `Legal business name`. */
export function sentence(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[_\s.-]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
  const text = words.join(' ');
  return text === '' ? name : text[0]!.toUpperCase() + text.slice(1);
}

/** The label of a column that refers to a record is that of the record: `Customer profile`. */
export function columnLabel(column: string, isReference: boolean): string {
  const name = isReference ? column.replace(/_?ids?$/i, '') : column;
  return sentence(name === '' ? column : name);
}
