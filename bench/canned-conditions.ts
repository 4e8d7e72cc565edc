/** An item of the table as it comes over the wire. */
export type Item = Record<string, { readonly S?: string; readonly N?: string }>

/** What a write asks before it is made. */
export interface Asked {
  readonly ConditionExpression?: string
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues?: Item
}

/** Whether a condition holds: comparisons, `attribute_not_exists`, AND, OR and brackets. */
export function holds({ ConditionExpression, ...asked }: Asked, item: Item | undefined): boolean {
  if (ConditionExpression === undefined) return true
  const words = ConditionExpression.match(/attribute_not_exists|<>|[()=<>]|[#:\w]+/g) ?? []
  const nameOf = (word: string) => asked.ExpressionAttributeNames?.[word] ?? word

  const either = (): boolean => {
    let so = both()
    while (words[0] === 'OR') {
      words.shift()
      so = both() || so
    }
    return so
  }
  const both = (): boolean => {
    let so = one()
    while (words[0] === 'AND') {
      words.shift()
      so = one() && so
    }
    return so
  }
  const one = (): boolean => {
    const word = words.shift()!
    if (word === '(') {
      const so = either()
      words.shift()
      return so
    }
    if (word === 'attribute_not_exists') {
      const [, name] = words.splice(0, 3)
      return item?.[nameOf(name!)] === undefined
    }
    const [sign, value] = words.splice(0, 2)
    return compare(item?.[nameOf(word)], sign!, asked.ExpressionAttributeValues![value!]!)
  }
  return either()
}

function compare(is: Item[string] | undefined, sign: string, than: Item[string]): boolean {
  if (is === undefined) return false
  const [a, b] = than.N === undefined ? [is.S!, than.S!] : [Number(is.N), Number(than.N)]
  if (sign === '=') return a === b
  if (sign === '<>') return a !== b
  return sign === '<' ? a < b : a > b
}
