"""Known architectures with Keras's layer names, without weights: none are shipped, none are downloaded."""

from . import inception_resnet_v2, vgg19
from .inception_resnet_v2 import InceptionResNetV2
from .vgg19 import VGG19

__all__ = ["VGG19", "InceptionResNetV2", "inception_resnet_v2", "vgg19"]
