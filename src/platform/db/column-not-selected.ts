/** A column was read that the statement did not select; null: all of them, by spreading the row. */
export class ColumnNotSelected extends Error {
  readonly statement: string
  readonly column: string | null
  constructor(statement: string, column: string | null) {
    super(`${column ?? 'a whole row'} of ${statement} was read and not selected`)
    this.statement = statement
    this.column = column
  }
}
