/** Whether PostgreSQL refused a statement because the role lacks a privilege (`insufficient_privilege`). */
export function isPrivilegeMissing(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: string }).code === '42501';
}
