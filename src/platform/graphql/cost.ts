/** `@cost`: what a field costs beyond the usual, declared once at the field. */
import {
  DirectiveLocation,
  type GraphQLArgument,
  GraphQLDirective,
  type GraphQLField,
  GraphQLInt,
  GraphQLNonNull,
} from 'graphql'

/** As `extensions` of a field. Without it an object costs 1, a scalar nothing, and a change 10. */
export const costs = (weight: number) => ({ cost: weight })

export function weightOf({ extensions }: Pick<GraphQLField<unknown, unknown>, 'extensions'>): number | null {
  return typeof extensions.cost === 'number' ? extensions.cost : null
}

/** As `extensions` of `first`: how long a page is when nobody says, where that is more than 25. Of a list: how long it may be, where that is more than 5. */
export const usualSize = (size: number) => ({ usualSize: size })

export function usualSizeOf({
  extensions,
}: Pick<GraphQLArgument | GraphQLField<unknown, unknown>, 'extensions'>): number | null {
  return typeof extensions.usualSize === 'number' ? extensions.usualSize : null
}

export const costDirective = new GraphQLDirective({
  name: 'cost',
  description:
    'What a field costs in points. What is below a list counts as often as `first`, `last`, `limit` or `ids` say, and as it is long as a rule where nothing says so, 5 at least. Without it an object costs 1, a scalar nothing, and a change 10. The sum is in `extensions.cost` and `rateLimit.cost`.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: { weight: { type: new GraphQLNonNull(GraphQLInt), description: 'Points.' } },
})
