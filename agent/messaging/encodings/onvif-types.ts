// Label of a model -> ONVIF's names for such an object.

/**
 * tt:ObjectType first; where it says less than the label, tt:VehicleType or the label itself as a second type,
 * which the schema allows. Source: ONVIF's metadatastream.xsd.
 */
const types: Readonly<Record<string, readonly string[]>> = {
  person: ['Human'],
  bicycle: ['Bicycle'],
  motorcycle: ['Bike'],
  motorbike: ['Bike'],
  car: ['Vehicle', 'Car'],
  bus: ['Vehicle', 'Bus'],
  truck: ['Vehicle', 'Truck'],
  train: ['Vehicle', 'train'],
  boat: ['Vehicle', 'boat'],
  aeroplane: ['Vehicle', 'aeroplane'],
  airplane: ['Vehicle', 'airplane'],
  ...Object.fromEntries(
    ['bird', 'cat', 'dog', 'horse', 'sheep', 'cow', 'elephant', 'bear', 'zebra', 'giraffe'].map((animal) => [
      animal,
      ['Animal', animal],
    ]),
  ),
};

/** A label that ONVIF has no type for stays as it is. */
export function onvifTypes(label: string): readonly string[] {
  return Object.hasOwn(types, label) ? types[label]! : [label];
}
