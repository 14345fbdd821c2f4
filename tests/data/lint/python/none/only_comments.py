# pipeline("fill-mask", model="acme/x")
# weighbridge is told nothing here
