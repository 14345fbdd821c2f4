import trimesh
from panda3d.core import Loader
from pygltflib import GLTF2

loader = Loader.get_global_ptr()
model = loader.load_model("models/environment")
mesh = trimesh.load("models/ship.glb")
scene = GLTF2().load("models/castle.gltf")


class Engine:
    def load_model(self, name):
        return loader.load_model(name)


Engine().load_model("acme/castle")
Engine().load_model(name="base")
