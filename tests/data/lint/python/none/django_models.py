from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models

AUTH_USER_MODEL = "accounts/user"


class Car(models.Model):
    model = models.CharField(max_length=80, default="Audi/A4")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)

    class Meta:
        app_label = "garage/cars"


User = get_user_model()
Car.objects.create(model="VW/Golf", owner=User())
Car.objects.filter(model="BMW/i3").first()
