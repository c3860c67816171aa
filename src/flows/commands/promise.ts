/** Promises of a command. */
import { type NewDelivery, type PromisedOperation, promiseDelivery } from '#domain/deliveries/promise.ts'
import type { Command } from './outcome.ts'

/** Promised together with everything else the command does, and named in its payload. */
export async function promise<Name extends PromisedOperation>(
  command: Command,
  delivery: Omit<NewDelivery<Name>, 'workspaceId' | 'tokenName'>,
): Promise<string> {
  const { tx, workspaceId, viewer } = command
  const id = await promiseDelivery(tx, { ...delivery, workspaceId, tokenName: viewer.tokenName } as NewDelivery<Name>)
  command.deliveryIds.push(id)
  return id
}
