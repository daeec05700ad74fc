"""Common names of many origins, for a synthetic jail.

    ORIGINS  ->  sample  ->  people.csv

Promise: the lists hold names that many people bear and none of anybody in particular; no family
name stands under two origins, so that independence of name and citizenship can be tested.
"""

from __future__ import annotations

from typing import NamedTuple


class Origin(NamedTuple):
    """Names that are common where a language is spoken."""

    family: tuple[str, ...]
    given: tuple[str, ...]


def _origin(family: str, given: str) -> Origin:
    return Origin(tuple(family.split()), tuple(given.split()))


ORIGINS: dict[str, Origin] = {
    "armenian": _origin(
        "Abrahamyan Arakelyan Avetisyan Danielyan Davtyan Galstyan Ghazaryan Grigoryan Hakobyan "
        "Harutyunyan Hovhannisyan Karapetyan Khachatryan Margaryan Mkrtchyan Petrosyan Poghosyan "
        "Sargsyan Simonyan Vardanyan",
        "Ani Anahit Ara Aram Arman Armine Artur Astghik Davit Gayane Gevorg Hasmik Karen Lusine "
        "Mariam Narek Nare Tigran Vahan Zara",
    ),
    "arabic": _origin(
        "Abbas Aziz Darwish Farouk Fayed Habib Haddad Hamdan Hassan Ibrahim Khalil Khoury Mansour "
        "Mustafa Najjar Nasser Qasim Rahman Saleh Zaidan",
        "Ahmad Ali Amal Amina Bilal Fatima Hala Hani Hussein Jamal Karim Khalid Layla Mahmoud "
        "Mona Nadia Omar Rania Samir Yasmin",
    ),
    "chinese": _origin(
        "Cai Chen Deng Feng Guo Huang Jiang Li Liang Lin Liu Luo Wang Wu Xie Xu Zhang Zhao Zheng "
        "Zhou",
        "Bo Fang Fei Hao Hong Hui Jian Jie Jing Jun Lan Lei Mei Ming Na Ping Qiang Wei Xin Yan",
    ),
    "english": _origin(
        "Anderson Baker Brown Carter Clark Davis Evans Green Hall Harris Jackson Johnson Jones "
        "Miller Robinson Smith Taylor Walker Williams Wilson",
        "Amanda Andrew Ashley Brian Christopher Daniel Emily James Jennifer Jessica John Kevin "
        "Laura Matthew Michael Nicole Robert Sarah Thomas William",
    ),
    "ethiopian": _origin(
        "Abebe Alemu Assefa Ayele Bekele Demissie Desta Girma Haile Kebede Lemma Mekonnen Mengistu "
        "Negash Tadesse Tefera Tesfaye Worku Yohannes Zewde",
        "Abel Almaz Bethlehem Biruk Dawit Eden Fikru Genet Hanna Kidist Mahlet Meron Rahel Saba "
        "Selam Solomon Tigist Yared Yonas Zelalem",
    ),
    "filipino": _origin(
        "Abad Aquino Bautista Cabrera Dalisay Dimaculangan Dizon Fajardo Lacson Magbanua Magsaysay "
        "Manalo Navarro Ocampo Pangilinan Panganiban Quiambao Salonga Tolentino Villanueva",
        "Angelica Arnel Bayani Benjie Cherry Corazon Dalisay Danilo Divina Erlinda Imelda Jericho "
        "Jomar Ligaya Luningning Marites Noel Rizal Rowena Tala",
    ),
    "german": _origin(
        "Bauer Becker Fischer Hoffmann Keller Klein Koch Krause Lange Lehmann Meyer Müller Neumann "
        "Richter Schäfer Schmidt Schneider Schulz Wagner Weber",
        "Anke Bernd Christoph Dieter Dirk Elke Frank Greta Heike Ingrid Jens Jürgen Katrin Klaus "
        "Lars Monika Petra Sabine Stefan Uwe",
    ),
    "hmong": _origin(
        "Chang Cha Cheng Chue Fang Hang Her Khang Kong Kue Lor Lo Moua Pha Thao Vang Vue Xiong "
        "Yang Yer",
        "Bee Blia Chee Chong Doua Fue Gao Houa Kao Ka Koua Mai Nhia Pa Pao Sheng Teng Toua Xai Yia",
    ),
    "korean": _origin(
        "Ahn Baek Bae Cho Choi Chung Han Hwang Jang Jeong Jung Kang Kim Kwon Oh Park Seo Shin Song "
        "Yoon",
        "Dong-hyun Eun-ji Hye-jin Hyun-woo Jae-won Ji-eun Ji-hoon Ji-woo Jin-young Joon-ho Min-jun "
        "Min-seo Sang-woo Seo-yeon Seung-hyun So-young Soo-jin Sung-min Young-ho Yu-na",
    ),
    "nigerian": _origin(
        "Adebayo Adeyemi Afolabi Akinola Bello Chukwu Danjuma Ekwueme Eze Ibekwe Lawal Nwankwo "
        "Nwosu Obi Ogunleye Okafor Okeke Okonkwo Olawale Umeh",
        "Abiodun Adaeze Amaka Ayodele Blessing Chidi Chinedu Emeka Folake Funmilayo Ifeoma "
        "Kelechi Ngozi Nneka Obinna Oluwaseun Sade Tunde Uche Yetunde",
    ),
    "persian": _origin(
        "Ahmadi Akbari Amini Asadi Bahrami Ebrahimi Farahani Ghasemi Heydari Hosseini Jafari "
        "Karimi Mohammadi Moradi Mousavi Norouzi Rahimi Rezaei Sadeghi Tehrani",
        "Arash Azadeh Babak Bahar Behrouz Dariush Farhad Golnaz Kamran Kaveh Leila Mahsa Mehdi "
        "Mina Nasrin Niloufar Parisa Reza Shirin Siamak",
    ),
    "punjabi": _origin(
        "Bajwa Bhullar Brar Chahal Cheema Dhaliwal Dhillon Dosanjh Gill Grewal Hundal Johal Mann "
        "Pannu Randhawa Sandhu Sekhon Sidhu Sohal Virk",
        "Amarjit Baljinder Daljeet Gurdeep Gurpreet Harjit Harpreet Inderjit Jagdeep Jaspreet "
        "Kamaljit Kulwinder Manjit Manpreet Navdeep Parminder Rajvir Ranjit Simran Sukhwinder",
    ),
    "russian": _origin(
        "Belov Fedorov Golubev Ivanov Kozlov Kuznetsov Lebedev Mikhailov Morozov Nikolaev Novikov "
        "Orlov Pavlov Petrov Popov Semenov Smirnov Sokolov Vasiliev Volkov",
        "Aleksandr Alexei Anastasia Boris Dmitri Ekaterina Elena Igor Irina Ivan Ksenia Maksim "
        "Natalia Nikita Oksana Olga Sergei Svetlana Tatiana Yuri",
    ),
    "samoan": _origin(
        "Afoa Alofa Faleafa Fuimaono Galuvao Lauina Leota Lolo Malietau Masina Moala Pouono Sagote "
        "Seiuli Tafua Tamasese Tauiliili Tuiasosopo Tuimavave Vaifale",
        "Afa Fetu Fiti Ioane Lagi Leilani Lupe Malia Manu Mele Moana Pele Petelo Sefo Sina Sione "
        "Tasi Tavita Teuila Viliamu",
    ),
    "spanish": _origin(
        "Castillo Castro Chávez Cruz Díaz Flores García Gómez González Gutiérrez Hernández López "
        "Martínez Mendoza Morales Pérez Ramírez Reyes Rodríguez Sánchez",
        "Alejandro Ana Carlos Carmen Daniela Diego Eduardo Elena Fernando Francisco Gabriela "
        "Guadalupe José Juan Luis María Miguel Patricia Rosa Sofía",
    ),
    "vietnamese": _origin(
        "Bui Dang Dinh Do Duong Ho Hoang Huynh Lam Le Luong Mai Ngo Nguyen Phan Pham Ta Tran "
        "Truong Vo",
        "Anh Binh Chau Dung Duc Hai Hanh Hoa Hung Huong Khanh Kim Lien Linh Long Minh Ngoc Phuong "
        "Thanh Tuan",
    ),
}  # fmt: skip
