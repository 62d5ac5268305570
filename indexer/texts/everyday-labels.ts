/**
 * What is in everyday photos, as a list of labels to tag a library with.
 * Source: our own words. Deviation: none.
 *
 * A label is written as it stands in a sentence ("a photo of …"); the tag is the same without its article.
 */

/** Categories help a person who reads the list; a tag belongs to one. Labels stand between commas. */
const categories = {
  people: `
    a man, a woman, a boy, a girl, a baby, a toddler, an old man, an old woman, a couple, a family,
    a group of people, a crowd, children playing, a person alone, a portrait, a selfie, a bride,
    a musician, a singer, a chef, a doctor, a soldier, a police officer, a firefighter,
    a construction worker, a farmer, a fisherman, a clown, a football player, a basketball player,
    a cyclist, a skateboarder, a surfer, a skier, a snowboarder, a swimmer, a runner, a dancer,
    a rock climber, a hiker, a street vendor`,
  animals: `
    a dog, a puppy, two dogs, a cat, a kitten, a bird, a duck, a swan, a goose, a seagull, a pigeon,
    an owl, an eagle, a parrot, a chicken, a horse, a cow, a sheep, a goat, a pig, a donkey, a rabbit,
    a squirrel, a deer, a fox, a bear, an elephant, a giraffe, a zebra, a lion, a tiger, a monkey,
    a camel, a fish, a dolphin, a turtle, a snake, a lizard, a frog, a butterfly, a bee, a spider`,
  places: `
    a beach, the sea, a lake, a river, a waterfall, a mountain, a hill, a forest, a field, a meadow,
    a desert, a cave, an island, a garden, a park, a playground, a swimming pool, a street, a road,
    a path, a city skyline, a village, a market, a shop, a restaurant, a bar, a kitchen, a living room,
    a bedroom, a bathroom, an office, a classroom, a library, a museum, a church, a temple, a castle,
    a tower, a lighthouse, a bridge, a harbour, an airport, a railway station, a car park, a farm,
    a stadium, a stage, a construction site, a cemetery, a campsite, ruins, a zoo, an aquarium`,
  nature: `
    a tree, trees in autumn, a palm tree, flowers, a rose, sunflowers, grass, leaves, mushrooms, rocks,
    sand, waves, snow, ice, rain, fog, clouds, a blue sky, a sunset, a sunrise, a rainbow, lightning,
    the moon, stars in the night sky, fire, smoke, a reflection in water, mud`,
  doing: `
    running, jumping, walking, sitting on a bench, lying on the ground, sleeping, reading, writing,
    eating, drinking, cooking, dancing, singing, playing guitar, playing the piano, playing drums,
    swimming, diving, surfing, sailing, rowing a boat, kayaking, fishing, skiing, snowboarding,
    sledding, ice skating, skateboarding, roller skating, riding a bicycle, riding a motorcycle,
    riding a horse, driving a car, climbing a rock, hiking, camping, swinging on a swing,
    sliding down a slide, blowing bubbles, flying a kite, playing football, playing basketball,
    playing tennis, playing baseball, playing volleyball, playing golf, playing hockey, playing rugby,
    playing frisbee, playing chess, playing in the water, playing in the snow, a dog catching a ball,
    a dog swimming, racing, boxing, gymnastics, yoga, taking a photo, talking on the phone,
    working at a computer, shopping, gardening, painting, waving, hugging, kissing, laughing, crying,
    smoking a cigarette`,
  events: `
    a wedding, a birthday party, a Christmas tree, a concert, a parade, a protest, fireworks, a picnic,
    a barbecue, a carnival, a funfair ride, a graduation, a ceremony, a sports match, a car race,
    a marathon, a costume, Halloween pumpkins`,
  food: `
    bread, a cake, a pizza, a hamburger, a sandwich, a salad, soup, pasta, rice, sushi, meat on a grill,
    a plate of fish, fruit, apples, bananas, oranges, strawberries, vegetables, tomatoes, cheese, eggs,
    ice cream, chocolate, a cup of coffee, a cup of tea, a glass of wine, a glass of beer, a bottle,
    a laid table, breakfast`,
  things: `
    a ball, a bicycle, a book, a newspaper, a chair, a table, a sofa, a bed, a lamp, a mirror, a clock,
    a computer, a television, a telephone, a camera, a guitar, a piano, drums, a violin, a trumpet,
    a toy, a teddy bear, a doll, balloons, a flag, a sign with words, graffiti, a painting on a wall,
    a statue, a fountain, a window, a door, stairs, a fence, a brick wall, a bench, a tent, an umbrella,
    a backpack, a suitcase, a hat, a helmet, sunglasses, a red shirt, a swimsuit, a uniform,
    a suit and tie, a dress, a life jacket, a rope, a stick, a swing, a slide, a trampoline, candles,
    a vase of flowers, a map, money, tools, a document, a screenshot, a handwritten note, a receipt,
    a drawing`,
  vehicles: `
    a car, a sports car, a taxi, a bus, a truck, a van, a tractor, a motorcycle, a scooter, a train,
    a tram, an aeroplane, a helicopter, a hot air balloon, a boat, a sailing boat, a ship, a canoe,
    a fire engine, an ambulance, a horse-drawn carriage, a pram`,
  look: `
    black and white, at night, city lights at night, seen from above, a close-up, a blurred background,
    a silhouette against the light, underwater, indoors, outdoors, bright colours`,
} as const;

/** By category, in the order of the list. */
export const everydayLabels: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(categories).map(([name, labels]) => [name, labels.split(',').map((label) => label.trim())]),
);
