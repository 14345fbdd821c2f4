from mujoco import MjModel
from omegaconf import OmegaConf

model = MjModel.from_xml_path("assets/arm.xml")
config = OmegaConf.load("conf/model/base.yaml")
model_name = "unitree/g1"
NAME = f"{model_name}/left"
print(model, config, NAME)
